-- What was said of the key that a request was made with: a verdict's code. Null in older entries.
ALTER TABLE key_requests ADD COLUMN outcome TEXT;
