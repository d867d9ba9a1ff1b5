"""Speed, cost and safety measured side by side; ``python -m benchmarks`` runs everything on this machine."""
