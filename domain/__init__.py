"""The rules of the journey, as plain functions: no clock, no I/O, no framework."""
