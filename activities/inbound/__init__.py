"""Events in: the shape of each type's data, and the fact it becomes for the rules."""

from activities.inbound.schemas import EVENT_TYPES, PREFIX, EventData
from activities.inbound.translation import Envelope, UnreadableEvent, fact_of, read_data

__all__ = ["EVENT_TYPES", "PREFIX", "Envelope", "EventData", "UnreadableEvent", "fact_of", "read_data"]
