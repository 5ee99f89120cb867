-- Requests for wrk. With an API key and a file of card numbers: purchases, each with a key, card and total of its own.
-- Arguments: host, mean pause in ms between the requests of a connection, name of the run[, API key, file of cards, store].

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  pause, run, sent = tonumber(args[2]), args[3], 0
  wrk.headers["Host"] = args[1]
  math.randomseed(number * 7919 + tonumber(string.sub(run, 1, 6), 16))
  if args[4] then
    wrk.method = "POST"
    wrk.headers["Authorization"] = "Bearer " .. args[4]
    wrk.headers["Content-Type"] = "application/json"
    cards, store = {}, args[6]
    for line in io.lines(args[5]) do cards[#cards + 1] = line end
  end
end

function request()
  if not cards then return wrk.format() end
  sent = sent + 1
  local name = string.format("%s-%d-%d", run, number, sent)
  wrk.headers["Idempotency-Key"] = name
  return wrk.format(nil, nil, nil, string.format(
    '{"customer": {"card": "%s"}, "total": "%d.%02d", "currency": "EUR", "store": "%s", "receipt_number": "%s"}',
    cards[math.random(#cards)], math.random(1, 99), math.random(0, 99), store, name))
end

-- Without a pause there must be no function: wrk would start a timer for every request.
function delay()
  return pause > 0 and math.floor(-math.log(1 - math.random()) * pause + 0.5) or 0
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "errors": %d, "p50": %.3f, "p95": %.3f, "p99": %.3f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
