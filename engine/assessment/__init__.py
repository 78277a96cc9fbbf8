"""What an office means by assessment. Imports inside point to the left only:

plans, indicators, targets, readings | scoring, ranking (pure) | results, warnings, consultation, rectification,
supervision, follow_up | loop.
"""
