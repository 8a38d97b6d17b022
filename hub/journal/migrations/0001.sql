-- The journal's first form. Times in _ms: milliseconds since 1970 (UTC) for at_ms, office time that
-- never steps for mono_ms. Durations in _s: seconds.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE events (
  seq        INTEGER PRIMARY KEY,
  epoch      TEXT NOT NULL,
  at_ms      INTEGER NOT NULL,
  boot       TEXT NOT NULL,
  mono_ms    INTEGER NOT NULL,
  event      TEXT NOT NULL,
  device     TEXT,
  command_id TEXT,
  payload    TEXT NOT NULL,
  prev       BLOB NOT NULL     -- SHA-256 over the prev of the row before and all of this row
);
CREATE INDEX days ON events (seq) WHERE event = 'day-opened';

-- Free text lies outside the chain, which holds only its salted hash: it can be erased.
CREATE TABLE private (seq INTEGER PRIMARY KEY, salt BLOB NOT NULL, text TEXT NOT NULL);

CREATE TABLE replies (
  device TEXT NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL, reply BLOB NOT NULL,
  PRIMARY KEY (device, id)
) WITHOUT ROWID;

CREATE TABLE visits (
  seq INTEGER PRIMARY KEY,     -- of its ticket-issued
  ticket TEXT NOT NULL UNIQUE,
  day TEXT NOT NULL, number TEXT NOT NULL, service TEXT NOT NULL, lane TEXT NOT NULL,
  channel TEXT, device TEXT NOT NULL, language TEXT, procedure TEXT,
  issued_ms INTEGER NOT NULL,
  first_called_ms INTEGER, called_ms INTEGER, started_ms INTEGER, finished_ms INTEGER,
  wait_s REAL,                 -- from the number to the first call
  service_s REAL,
  counter INTEGER, clerk TEXT, calls INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting', outcome TEXT,
  score INTEGER, rated_ms INTEGER, rated_channel TEXT, reasons TEXT,
  printed_ms INTEGER, print_error TEXT,
  flags TEXT                   -- what is odd about a number that a kiosk gave by itself
);
-- Two people may hold one number only where a kiosk gave it twice, and then it is flagged.
CREATE UNIQUE INDEX numbers ON visits (day, service, number) WHERE flags IS NULL;

CREATE TABLE codes (code TEXT PRIMARY KEY, ticket TEXT NOT NULL, day TEXT NOT NULL) WITHOUT ROWID;

-- One row for each hour and service: counts and sums that can be added over hours and offices.
-- wait_le_N: first calls after at most N minutes (and more than the bound before).
CREATE TABLE hours (
  day TEXT NOT NULL, hour INTEGER NOT NULL, service TEXT NOT NULL,
  issued INTEGER NOT NULL DEFAULT 0, called INTEGER NOT NULL DEFAULT 0,
  served INTEGER NOT NULL DEFAULT 0, missed INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0, expired INTEGER NOT NULL DEFAULT 0,
  wait_n INTEGER NOT NULL DEFAULT 0, wait_sum_s REAL NOT NULL DEFAULT 0,
  service_n INTEGER NOT NULL DEFAULT 0, service_sum_s REAL NOT NULL DEFAULT 0,
  wait_le_1 INTEGER NOT NULL DEFAULT 0, wait_le_2 INTEGER NOT NULL DEFAULT 0,
  wait_le_5 INTEGER NOT NULL DEFAULT 0, wait_le_10 INTEGER NOT NULL DEFAULT 0,
  wait_le_15 INTEGER NOT NULL DEFAULT 0, wait_le_20 INTEGER NOT NULL DEFAULT 0,
  wait_le_30 INTEGER NOT NULL DEFAULT 0, wait_le_45 INTEGER NOT NULL DEFAULT 0,
  wait_le_60 INTEGER NOT NULL DEFAULT 0, wait_le_90 INTEGER NOT NULL DEFAULT 0,
  wait_le_120 INTEGER NOT NULL DEFAULT 0, wait_over_120 INTEGER NOT NULL DEFAULT 0,
  rating_1 INTEGER NOT NULL DEFAULT 0, rating_2 INTEGER NOT NULL DEFAULT 0,
  rating_3 INTEGER NOT NULL DEFAULT 0, rating_4 INTEGER NOT NULL DEFAULT 0,
  rating_5 INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (day, hour, service)
) WITHOUT ROWID;
