-- Marks an ended conversation as archived and lets its record expire, if nothing did yet.
--
-- KEYS  1 unretired  2 record  3 timeline
-- ARGV  1 id  2 ms to keep the record after the end  3 now
-- Returns 1, or 0 when it was marked before.
local unretired, record, timeline = KEYS[1], KEYS[2], KEYS[3]
local id, keep, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
assert(#ARGV == 3 and keep and now, 'arguments')
local ended = redis.call('ZSCORE', unretired, id)
if not ended then return 0 end
redis.call('ZREM', unretired, id)
if redis.call('PTTL', record) == -1 then
  local left = tonumber(ended) + keep - now
  for _, key in ipairs({ record, timeline }) do
    if left > 0 then
      redis.call('PEXPIRE', key, string.format('%.0f', left))
    else
      redis.call('DEL', key)
    end
  end
end
return 1
