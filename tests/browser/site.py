"""The pages of the demo, and what each is called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A page, and its heading in either language."""

    path: str
    en: str
    fr: str

    def heading(self, language: str) -> str:
        """The heading in one of the two."""
        return self.en if language == "en" else self.fr


PLACES = (
    Place("/", "Do we keep our word?", "Tenons-nous parole ?"),
    Place("/today", "What to do today", "Que faire aujourd’hui"),
    Place("/today?show=nobodys", "What to do today", "Que faire aujourd’hui"),
    Place("/commitments/ROSEBUSH", "replacement ROSEBUSH", "replacement ROSEBUSH"),
    Place("/commitments/ROSEBUSH?as_of=2025-11-03", "replacement ROSEBUSH", "replacement ROSEBUSH"),
    Place("/customers/customer:rosebush", "customer:rosebush", "customer:rosebush"),
    Place("/customers/customer:counter-17", "customer:counter-17", "customer:counter-17"),
    Place("/journeys", "What customers go through", "Ce que vivent les clients"),
    Place("/metrics", "Every number, and what it means", "Chaque chiffre, et ce qu’il veut dire"),
    Place("/metrics/kept_agreed", "kept_agreed", "kept_agreed"),  # a share
    Place("/metrics/slip_gap", "slip_gap", "slip_gap"),  # a difference
    Place("/metrics/time_to_link", "time_to_link", "time_to_link"),
    Place("/metrics/lead_time", "lead_time", "lead_time"),  # a spread
    Place("/metrics/unowned_time", "unowned_time", "unowned_time"),  # a ratio
    Place("/metrics/discretion", "discretion", "discretion"),  # an amount
    Place("/metrics/bravos", "bravos", "bravos"),  # a count
    Place("/metrics/nps", "nps", "nps"),  # a score
    Place("/metrics/around_due", "around_due", "around_due"),  # a table
    Place("/metrics/kept_agreed/units", "The units: Kept", "Le détail : Tenues"),
    Place("/families/word", "Keeping one's word", "Tenir parole"),
    Place("/families/ownership", "Ownership", "Prendre en charge"),
    Place("/families/trust", "Trust", "Confiance"),
    Place("/families/judgement", "Judgement", "Jugement"),
    Place("/families/resolution", "Resolution", "Résolution"),
    Place("/families/voice", "The customer's voice", "La voix du client"),
    Place("/families/cooperation", "Cooperation", "Coopération"),
    Place("/families/people", "People, as groups only", "Les personnes, en groupes seulement"),
    Place("/suspense", "What waits for a missing fact", "Ce qui attend un fait manquant"),
    Place("/set-aside", "What was set aside", "Ce qui a été mis de côté"),
    Place("/status", "How far ledger and views are", "Où en sont le registre et les vues"),
    Place("/search?q=ROSE", "Found for “ROSE”", "Trouvé pour « ROSE »"),
)
