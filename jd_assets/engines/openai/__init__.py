"""Models behind an OpenAI-compatible endpoint: asked at the rate they allow, within a budget, each attempt on record.

`engine` is the way in; the other modules are its parts, one concern each. What does not belong here: prompts and
schemas (the tasks), SQL (`store`).
"""
