-- Writes or drops an order to erase a customer, unless it was changed since it was read.
--
-- KEYS  1 erasures
-- ARGV  1 field  2 the order as it was read  3 what it becomes; empty: it is done
-- Returns 1, or 0 when it was changed meanwhile.
local erasures, field, was, becomes = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
assert(#KEYS == 1 and #ARGV == 3, 'arguments')
if redis.call('HGET', erasures, field) ~= was then return 0 end
if becomes == '' then
  redis.call('HDEL', erasures, field)
else
  redis.call('HSET', erasures, field, becomes)
end
return 1
