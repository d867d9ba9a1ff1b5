"""Everything dies at random while messages leave; afterwards nothing is lost, nothing doubled (`make chaos`)."""
