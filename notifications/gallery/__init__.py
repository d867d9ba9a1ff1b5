"""Every letter, to look at: examples of what each may say, typical and worst, and a page that shows them (COM-5)."""
