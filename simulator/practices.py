"""What a company makes a habit of. The rose grower of the demo does none of it, or not always; a
company that does shows by which numbers one can tell."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Practices:
    """Habits, each of which may be taken up: all good ones but the last.

    * ``keeps_its_word``: every promise is kept, in time and unasked.
    * ``lets_customers_choose``: in the season of bare-root roses all customers pick their week.
    * ``owns_issues``: who cannot decide at once promises to call, and settles it then.
    * ``believes``: at the counter customers are believed, and payments looked for later.
    * ``offers_a_next_step``: no rule is the last word.
    * ``asks_once``: nobody is asked again for what they said, or sent to another channel.
    * ``owns_up``: an error is admitted as soon as the company sees it.
    * ``gives_means``: no team is short of means.
    * ``answers_colleagues``: cards and ideas are answered within days, and each month everybody is
      praised for something.
    * ``reviews_suspects``: of the decisions that were drawn, only those are reviewed that look
      strange.
    """

    keeps_its_word: bool = False
    lets_customers_choose: bool = False
    owns_issues: bool = False
    believes: bool = False
    offers_a_next_step: bool = False
    asks_once: bool = False
    owns_up: bool = False
    gives_means: bool = False
    answers_colleagues: bool = False
    reviews_suspects: bool = False

    @property
    def key(self) -> str:
        """Tells companies apart: their facts are not each other's. 0 for the one of the demo."""
        taken_up = (name.name for name in fields(self) if getattr(self, name.name))
        return "+".join(taken_up) or "0"


#: The rose grower as it is.
AS_IT_IS = Practices()
#: One that has taken up all good habits.
CAREFUL = Practices(
    keeps_its_word=True,
    lets_customers_choose=True,
    owns_issues=True,
    believes=True,
    offers_a_next_step=True,
    asks_once=True,
    owns_up=True,
    gives_means=True,
    answers_colleagues=True,
)
#: One that looks for abuse where it expects it.
SUSPICIOUS = Practices(reviews_suspects=True)
