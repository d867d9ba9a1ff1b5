"""Whole lives in memory, property-based: order, repetition, sleep, forecast, simulation."""
