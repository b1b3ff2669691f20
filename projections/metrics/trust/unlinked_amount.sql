-- As many as count in unlinked_payments, with those that are unlinked while their time still runs.
-- One that was linked in time is no unit: unlinked_payments has it in the denominator once its time
-- has run out, and counts it as maturing until then; an amount has no denominator to wait for.
SELECT p.*, p.at AS started_at, TRUE AS counted
FROM captured_payment AS p
WHERE p.settled_at IS NULL;
