"""Someone who listens to the questions of stages: for what is to be asked of an endpoint alone, without the stages."""

from __future__ import annotations

from collections.abc import Sequence

from jd_assets.engines.questions import Answer, Question, Unanswered


class Listener:
    """Takes questions down and answers none."""

    def __init__(self) -> None:
        self.questions: list[Question] = []

    def answer(self, questions: Sequence[Question]) -> list[Answer | Unanswered]:
        self.questions += questions
        return [Unanswered("not_asked", "it was only listened to") for _ in questions]
