-- Mends the counters of what stands where by the differences that were found. A difference stays what it is while commits
-- go on, because these move the index and the counters alike; so it may be added later.
--
-- KEYS  1 standing
-- ARGV  1 the field "at" as it was read with the counters (empty: none)  2 now
--       then for each counter that is wrong its field and the difference
-- Returns 1, or 0 when they were counted anew meanwhile.
local standing = KEYS[1]
assert(#KEYS == 1 and #ARGV >= 2 and #ARGV % 2 == 0 and tonumber(ARGV[2]), 'arguments')
for i = 4, #ARGV, 2 do assert(tonumber(ARGV[i]), 'difference') end
if (redis.call('HGET', standing, 'at') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', standing, 'at', ARGV[2])
for i = 3, #ARGV, 2 do
  if redis.call('HINCRBY', standing, ARGV[i], ARGV[i + 1]) == 0 then redis.call('HDEL', standing, ARGV[i]) end
end
return 1
