"""What French never writes."""

import re

ELISION = re.compile(r"(?<!-)\b(?:[Dd]e|[Ll]e|[Ll]a|[Qq]ue|[Nn]e|[Ss]e|[Jj]e) (?!onz|oui|haut)[aeiouyéèêàâîôhAEIOUYÉ]")
"""A short word that gives up its vowel before another one."""
