"""What the facts of a simulation say about the company's practices, counted plainly.

Each function takes the truth and counts at its end what the metric of the same name is defined to
count, by one key; of promises and journeys by which, the caller may say. No fold, view or metric is
asked: promises are looked up in the notes that were taken while they were told, and everything else
is counted over the facts one by one.
"""
