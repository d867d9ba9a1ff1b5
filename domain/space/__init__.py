"""What stands and what is ahead for one enterprise at an instant, as its rules decide it (SPC-4).

Pages, calendars, the API and the console's file read it here: none of them draws its own.
"""
