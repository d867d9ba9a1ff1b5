"""Where histories are replayed: the SDK's sandbox, which refuses clocks, chance and I/O to the loop.

Workers run without it, for its cost at every step.
"""

from __future__ import annotations

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PASSED = SandboxRestrictions.default.with_passthrough_modules(
    "activities", "domain", "pydantic", "holidays", "opentelemetry"
)


def sandbox() -> SandboxedWorkflowRunner:
    """A runner that passes through what the loop only carries."""
    return SandboxedWorkflowRunner(restrictions=PASSED)
