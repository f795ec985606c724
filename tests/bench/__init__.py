"""Measurements, as ratios within one run beside their limits: ``make bench``."""
