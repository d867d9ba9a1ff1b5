"""One module per family of rules of the journey: what it absorbs, what it owes and when."""

from domain.rules import contact, enrolment, exit, policy, referent, reminders, statements, thresholds

FAMILIES = (referent, enrolment, contact, reminders, thresholds, statements, exit, policy)
