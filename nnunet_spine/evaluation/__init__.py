"""How well predictions agree with references: per structure, per level, and in which way they fail.

Nothing here knows a trainer or a network; it reads label maps and writes rows (`records.py`).
"""
