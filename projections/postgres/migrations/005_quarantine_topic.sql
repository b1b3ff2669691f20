-- Another topic has other messages at the same places. What is there already is of the topic that the
-- live views are of; where nobody has said which that is, of none that has a name. The key stays as
-- it is: what was recorded at the same instant in the same place is the same message, on a topic that
-- was put back; and programs that know of no topics can go on.
SET LOCAL lock_timeout = '10s';

ALTER TABLE {schema}.quarantine ADD COLUMN IF NOT EXISTS topic text NOT NULL DEFAULT '';

UPDATE {schema}.quarantine AS q SET topic = coalesce(t.id, t.name)
FROM {schema}.topic AS t JOIN {schema}.generation AS g ON g.id = t.generation
WHERE g.state = 'live' AND q.topic = '';
