"""What the simulated model says.

What belongs here: an answer for every strict schema, made from the request alone, the same for the same request. What
does not: misbehaving (faults).
"""
