-- Does in small what a commit does: a write and a message. It fails where a commit would: memory full, read-only, a user who
-- may not use the channel.
--
-- KEYS  1 ready
-- ARGV  1 channel  2 message without a change  3 ms to keep the key
redis.call('PUBLISH', ARGV[1], ARGV[2])
redis.call('SET', KEYS[1], '1', 'PX', ARGV[3])
return 1
