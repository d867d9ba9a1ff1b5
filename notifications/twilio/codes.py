"""Twilio's error codes, sorted by what they mean for the letter. Source: twilio.com/docs/api/errors."""

CONTACT_BAD = frozenset({"21211", "21614", "21635", "30005", "30006"})
OPTED_OUT = frozenset({"21610"})
BUSY = frozenset({"20429", "21611"})
BAD_CREDENTIALS = frozenset({"20003"})
RETRY_ONCE = frozenset({"30003", "30008"})

MEANING = {
    "20003": "credentials refused",
    "20429": "too many requests",
    "21211": "invalid number",
    "21408": "region not enabled for this account",
    "21610": "the recipient opted out",
    "21611": "sender's queue is full",
    "21612": "number out of this sender's reach",
    "21614": "not a mobile number",
    "21635": "a landline cannot receive SMS",
    "30003": "handset unreachable",
    "30004": "blocked",
    "30005": "unknown number",
    "30006": "landline or unreachable carrier",
    "30007": "filtered by the carrier",
    "30008": "unknown delivery error",
}


def meaning(code: str) -> str:
    """What a code means, in our own words: Twilio's quote the recipient's number."""
    return MEANING.get(code, "refused by Twilio")
