"""Indicators of an organisation over a period (KPI), each one statement over stored facts that are never purged.

What was paid is in the journeys' states, what was promised in ``commitments``, what was said in ``messages`` and
``surveys``, what was done in ``tasks``. Rates are left to the reader: here are what they divide. States are parsed as
they are read, about a tenth of a millisecond each: a report to ask for, not to refresh.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

REQUESTS = """
SELECT CASE WHEN kind = 'plan_answer' THEN 'plan' WHEN kind = 'refund' THEN 'refund'
            WHEN rule = 'MED-1' THEN 'mediation' WHEN rule = 'ASK-1' THEN 'problem'
            ELSE 'appointment' END AS motive,
       count(*) AS received,
       count(*) FILTER (WHERE met_at IS NOT NULL AND breached_at IS NULL) AS in_time,
       count(*) FILTER (WHERE breached_at IS NOT NULL) AS late,
       count(*) FILTER (WHERE met_at IS NULL AND breached_at IS NULL) AS pending
FROM commitments
WHERE organisation = :organisation AND started_at >= :start AND started_at < :end
  AND kind IN ('request', 'plan_answer', 'refund')
GROUP BY motive ORDER BY motive
"""


# Euros really paid of ``payments`` from the instant ``since`` to the day ``until``: a debit that bounced takes back
# what was held as paid before it, what came after ``until`` first (domain.state.Contribution.paid_since).
PAID = """(
    WITH counted AS (
        SELECT (payment ->> 'amount')::numeric AS euros, (payment ->> 'at')::timestamptz AS at,
               coalesce((payment ->> 'received_on')::date,
                        ((payment ->> 'at')::timestamptz AT TIME ZONE :zone)::date) <= until AS timely
        FROM jsonb_array_elements(coalesce(payments, '[]')) AS payment
        WHERE (payment ->> 'at')::timestamptz >= since OR (
            -- Known by its day alone, it counts on the whole of it (domain.payments.Payment.known_by_day).
            (payment ->> 'at')::timestamptz + interval '1 day' > since
            AND (payment ->> 'at')::timestamptz
                IN ((payment ->> 'received_on')::timestamp AT TIME ZONE :zone,
                    (payment ->> 'received_on')::timestamp AT TIME ZONE 'UTC'))
    ), gone AS (
        SELECT max((bounce ->> 'at')::timestamptz) AS last_at,
               coalesce(sum(least((bounce ->> 'amount')::numeric, (
                   SELECT coalesce(sum(euros), 0) FROM counted WHERE at < (bounce ->> 'at')::timestamptz))), 0) AS euros
        FROM jsonb_array_elements(coalesce(bounces, '[]')) AS bounce
    )
    SELECT greatest(0, coalesce(sum(euros) FILTER (WHERE timely), 0) - greatest(0, (SELECT euros FROM gone)
           - coalesce(sum(euros) FILTER (WHERE NOT timely AND at < (SELECT last_at FROM gone)), 0)))
    FROM counted
)"""

# Known amounts whose due date has passed on the journey's own clock; paid means paid on the due date at the latest.
SPONTANEOUS = f"""
WITH due AS (
    SELECT (it.value ->> 'amount')::numeric AS amount, '-infinity'::timestamptz AS since,
           (it.value ->> 'due_on')::date AS until, it.value -> 'payments' AS payments, it.value -> 'bounces' AS bounces
    FROM journeys AS journey
    CROSS JOIN LATERAL (SELECT journey.state::jsonb AS state OFFSET 0) AS known,
         jsonb_each(known.state -> 'contributions') AS it
    WHERE journey.organisation = :organisation AND journey.phase <> 'candidate'
      AND (it.value ->> 'due_on')::date BETWEEN :first AND :last AND (it.value ->> 'amount')::numeric > 0
      AND (it.value ->> 'due_on')::date
          < ((now() + make_interval(secs => journey.ahead_seconds)) AT TIME ZONE :zone)::date
), paid AS (
    SELECT amount, least(amount, {PAID}) AS paid FROM due
)
SELECT count(*) AS due, count(*) FILTER (WHERE paid = amount) AS paid,
       coalesce(sum(amount), 0) AS amount_due, coalesce(sum(paid), 0) AS amount_paid
FROM paid
"""  # noqa: S608

# What was missing when an incident was detected, and what came in since, until 100 days after the due date.
RECOVERY = f"""
WITH debt AS (
    SELECT (it.value ->> 'amount')::numeric AS amount, (it.value ->> 'detected_at')::timestamptz AS since,
           (it.value ->> 'due_on')::date + 100 AS until,
           ((now() + make_interval(secs => journey.ahead_seconds)) AT TIME ZONE :zone)::date AS today,
           owed -> 'payments' AS payments, owed -> 'bounces' AS bounces
    FROM journeys AS journey
    CROSS JOIN LATERAL (SELECT journey.state::jsonb AS state OFFSET 0) AS known,
         jsonb_each(known.state -> 'incidents') AS it,
         LATERAL (SELECT known.state -> 'contributions' ->
                         ((it.value ->> 'account') || '/' || (it.value ->> 'period')) AS owed) AS period
    WHERE journey.organisation = :organisation
      AND EXISTS (SELECT FROM cases WHERE cases.siren = journey.siren AND cases.family = 'incident')
      AND (it.value ->> 'due_on')::date BETWEEN :first AND :last
      AND (it.value ->> 'amount')::numeric > 0 AND it.value ->> 'cancelled_at' IS NULL
), recovered AS (
    SELECT amount, today > until AS over, least(amount, {PAID}) AS paid FROM debt
)
SELECT count(*) AS debts, count(*) FILTER (WHERE paid = amount) AS recovered,
       count(*) FILTER (WHERE paid < amount AND NOT over) AS pending,
       coalesce(sum(amount), 0) AS amount, coalesce(sum(paid), 0) AS amount_recovered
FROM recovered
"""  # noqa: S608

# Enterprises without accountant whose journey ran during the period, and how each was served: calls that reached
# somebody, appointments that were held. The line without channel counts the enterprises themselves.
SERVICE = """
WITH alone AS (
    SELECT journey.siren, known.state -> 'appointments' AS appointments
    FROM journeys AS journey
    CROSS JOIN LATERAL (SELECT journey.state::jsonb AS state OFFSET 0) AS known
    WHERE journey.organisation = :organisation AND NOT journey.has_accountant AND journey.phase <> 'candidate'
      AND (known.state ->> 'started_at')::timestamptz < :end
      AND coalesce((known.state ->> 'closed_at')::timestamptz >= :start, true)
), served AS (
    SELECT alone.siren, 'phone' AS channel FROM alone JOIN tasks USING (siren)
    WHERE kind = 'call' AND status = 'done' AND done_at >= :start AND done_at < :end
      AND outcome NOT IN ('message_left', 'unreachable', 'not_needed')
    UNION
    SELECT alone.siren, coalesce(it.value ->> 'format', 'unknown')
    FROM alone, jsonb_each(alone.appointments) AS it
    WHERE it.value ->> 'status' = 'held' AND (it.value ->> 'closed_at')::timestamptz >= :start
      AND (it.value ->> 'closed_at')::timestamptz < :end
)
SELECT NULL AS channel, count(DISTINCT siren) AS served, (SELECT count(*) FROM alone) AS enterprises FROM served
UNION ALL
SELECT channel, count(*), NULL FROM served GROUP BY channel
ORDER BY channel NULLS FIRST
"""

# Ends announced with the offer to go on; extended when the extension announced was then confirmed.
EXTENSIONS = """
WITH notice AS (
    SELECT DISTINCT siren, facts ->> 'ends_on' AS ends_on, facts ->> 'extends_to' AS extends_to
    FROM messages
    WHERE organisation = :organisation AND template = 'exit_notice' AND facts ->> 'can_extend' = 'true'
      AND recipient = 'enterprise' AND queued_at >= :start AND queued_at < :end
), answered AS (
    SELECT notice.ends_on::date
               >= ((now() + make_interval(secs => journey.ahead_seconds)) AT TIME ZONE :zone)::date AS ahead,
           EXISTS (SELECT FROM messages AS later WHERE later.siren = notice.siren AND later.template = 'extended'
                   AND later.facts ->> 'ends_on' = notice.extends_to) AS extended
    FROM notice JOIN journeys AS journey USING (siren)
)
SELECT count(*) AS offered, count(*) FILTER (WHERE extended) AS extended,
       count(*) FILTER (WHERE ahead AND NOT extended) AS pending
FROM answered
"""

SATISFACTION = """
SELECT CASE WHEN moment LIKE 'survey:appointment:%' THEN 'first_hire'
            WHEN moment LIKE 'survey:incident:%' THEN 'financial_difficulty' ELSE 'exit' END AS moment,
       count(*) AS answers, count(*) FILTER (WHERE satisfaction >= 4) AS satisfied,
       count(*) FILTER (WHERE satisfaction <= 2) AS dissatisfied,
       round(avg(satisfaction), 2) AS satisfaction, round(avg(effort), 2) AS effort
FROM surveys JOIN journeys USING (siren)
WHERE organisation = :organisation AND answered_at >= :start AND answered_at < :end
GROUP BY 1 ORDER BY 1
"""

# What enterprises and those who act for them asked: what a promise was made on, and what was acknowledged.
RECEIVED = """
SELECT motive, count(*) AS volume FROM (
    SELECT CASE WHEN kind = 'plan_answer' THEN 'plan' WHEN rule = 'MED-1' THEN 'mediation'
                WHEN rule = 'ASK-1' THEN 'problem' ELSE 'appointment' END AS motive
    FROM commitments
    WHERE organisation = :organisation AND started_at >= :start AND started_at < :end
      AND kind IN ('request', 'plan_answer')
    UNION ALL
    SELECT CASE template WHEN 'difficulty_received' THEN 'difficulty' WHEN 'extended' THEN 'extension'
                ELSE 'return' END
    FROM (SELECT DISTINCT siren, subject, template FROM messages
          WHERE organisation = :organisation AND recipient = 'enterprise' AND queued_at >= :start AND queued_at < :end
            AND template IN ('difficulty_received', 'extended', 'resumed')) AS acknowledged
) AS asked
GROUP BY motive ORDER BY motive
"""

# What was written to enterprises, by family of rules; failed means that the provider or the carrier said so.
SENT = """
SELECT left(rule, 3) AS motive, channel, count(*) AS volume, count(*) FILTER (WHERE status = 'failed') AS failed
FROM messages
WHERE organisation = :organisation AND recipient = 'enterprise' AND queued_at >= :start AND queued_at < :end
  AND status IN ('sent', 'delivered', 'failed')
GROUP BY 1, 2 ORDER BY 1, 2
"""


STATEMENTS = {
    "requests": REQUESTS,
    "spontaneous_payment": SPONTANEOUS,
    "recovery": RECOVERY,
    "personal_service": SERVICE,
    "extensions": EXTENSIONS,
    "satisfaction": SATISFACTION,
    "received": RECEIVED,
    "sent": SENT,
}


@dataclass(frozen=True)
class Span:
    """An organisation and days, ``first`` and ``last`` included: the instants ``[start, end)`` in its time zone."""

    organisation: str
    first: date
    last: date
    start: datetime
    end: datetime
    zone: str


async def read(connection: AsyncConnection, indicator: str, span: Span) -> Sequence[RowMapping]:
    """The rows of an indicator, a key of ``STATEMENTS``."""
    statement = STATEMENTS[indicator]
    asked = {name: value for name, value in vars(span).items() if re.search(rf":{name}\b", statement)}
    return (await connection.execute(text(statement), asked)).mappings().all()
