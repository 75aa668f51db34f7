-- What expires is walked by keys_expiry since 0012; this one was only written.
DROP INDEX keys_ending;
