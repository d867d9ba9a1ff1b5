"""Twilio's error codes, sorted by what they mean for the letter. Source: twilio.com/docs/api/errors."""

CONTACT_BAD = frozenset({"21211", "21614", "21635", "30005", "30006"})
OPTED_OUT = frozenset({"21610"})
BUSY = frozenset({"20429", "21611"})
RETRY_ONCE = frozenset({"30003", "30008"})

ACCOUNT = {
    "10001": "account not active",
    "10002": "not offered to a trial account",
    "20003": "credentials refused",
    "20005": "account not active",
    "20006": "access denied",
    "20008": "test credentials",
    "20403": "forbidden to this account",
    "20404": "no such account",
    "21212": "invalid sender",
    "21266": "sender and recipient are the same number",
    "21408": "region not enabled for this account",
    "21603": "no sender",
    "21606": "sender not allowed to send SMS",
    "21608": "a trial account writes to verified numbers only",
    "21609": "invalid address of the status callback",
    "21612": "number out of this sender's reach",
    "21659": "sender not of this account",
    "21660": "sender not of this account",
    "21661": "sender cannot send SMS",
    "21703": "messaging service without a sender",
    "21705": "invalid messaging service",
    "30002": "account suspended",
    "30010": "above the account's highest price",
    "30024": "sender not registered",
    "30032": "sender not verified",
    "30034": "sender not registered",
    "30037": "sending disabled for this account",
}
"""What an account or its settings is refused, whatever the letter."""

ACCOUNT_STATUSES = frozenset({401, 402, 403, 404})
"""Of HTTP: with a code we do not know, they speak of the account too."""

MEANING = ACCOUNT | {
    "20429": "too many requests",
    "21211": "invalid number",
    "21610": "the recipient opted out",
    "21611": "sender's queue is full",
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
