package main

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"handoff/orchestrator/redisstore"
	"handoff/web"
)

// Names stand in URLs, in keys and in metrics. People may have a name of the form of an address.
var (
	validConnectorName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)
	validUserName      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$`)
)

const (
	nameRule     = "must be 1 to 63 of a-z, 0-9, dash and underscore, and begin with a letter or digit"
	userNameRule = "must be 1 to 63 of A-Z, a-z, 0-9, dot, dash, underscore and @, and begin with a letter or digit"
)

// checkConfig finds everything that is wrong with decoded values, and builds the flows.
func checkConfig(l *loaded, found *problems) {
	checkService(&l.Config, found)
	checkBots(l, found)
	checkUsers(l, found)
	checkQueues(&l.Config, found)
	checkDesks(l, found)
	checkFlows(l, found)
}

func checkService(cfg *Config, found *problems) {
	if err := checkListen(cfg.Listen); err != nil {
		found.add("listen", "%v", err)
	}
	if cfg.Metrics.Listen != "" {
		if err := checkListen(cfg.Metrics.Listen); err != nil {
			found.add("metrics.listen", "%v", err)
		} else if _, port, _ := net.SplitHostPort(cfg.Listen); cfg.Metrics.Listen == cfg.Listen && port != "0" {
			found.add("metrics.listen", "is the address of the service itself; leave it out to have the metrics there")
		}
	}
	if err := web.CheckBaseURL(cfg.BaseURL); err != nil {
		found.add("base_url", "%v", err)
	}
	checkRedis(&cfg.Redis, found)
	checkRange(found, "partitions", cfg.Partitions, 1, maxPartitions)
	if cfg.Retention < minRetention || cfg.Retention > maxRetention {
		found.add("retention", "must be %v to %v, not %v", minRetention, maxRetention, cfg.Retention)
	}
	if cfg.DrainDelay < 0 || cfg.DrainDelay > maxDrainDelay {
		found.add("drain_delay", "must be 0s to %v, not %v", maxDrainDelay, cfg.DrainDelay)
	}
	checkRange(found, "archive.max_megabytes", cfg.Archive.MaxMegabytes, 1, 1<<20)
	checkRange(found, "archive.keep", cfg.Archive.Keep, 1, 10000)
	if age := cfg.Archive.MaxAge; age != 0 && (age < archiveFileAge || age > maxArchiveAge) {
		found.add("archive.max_age", "must be 0s (any age) or %s to %s, not %s", archiveFileAge, maxArchiveAge, age)
	}
	if _, err := parseSchedule(cfg.Sweep.Schedule); err != nil {
		found.add("sweep.schedule", "%q: %v", cfg.Sweep.Schedule, err)
	}
	for i, p := range cfg.TrustedProxies {
		if _, err := parsePrefix(p); err != nil {
			found.add(fmt.Sprintf("trusted_proxies[%d]", i), "%q is neither an address nor a network like 10.0.0.0/8", p)
		}
	}
	checkRates(&cfg.RateLimits, found)
	checkBounds(&cfg.Bounds, found)
	checkOIDC(cfg, found)
	checkOneOf(found, "log.level", cfg.Log.Level, logLevels())
	checkOneOf(found, "log.format", cfg.Log.Format, logFormats())
	checkTracing(&cfg.Tracing, found)
}

func checkTracing(cfg *TracingConfig, found *problems) {
	if cfg.Endpoint != "" {
		if _, err := tracingEndpoint(cfg.Endpoint); err != nil {
			found.add("tracing.endpoint", "%v", err)
		}
	}
	if !(cfg.Sample >= 0 && cfg.Sample <= 1) { // NaN is neither
		found.add("tracing.sample", "must be 0 to 1, not %v", cfg.Sample)
	}
}

func checkListen(listen string) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("must be host:port, as in 127.0.0.1:8080 or :8080, not %q", listen)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("the port of %q is not a number from 0 to 65535", listen)
	}
	if strings.ContainsAny(host, "/ ") {
		return fmt.Errorf("%q is not a host", host)
	}
	return nil
}

func checkRedis(cfg *RedisConfig, found *problems) {
	if cfg.URL != "" {
		if err := redisstore.CheckURL(cfg.URL.Reveal()); err != nil {
			found.add("redis.url", "%s", strings.TrimPrefix(err.Error(), "redis.url: "))
		}
	}
	if err := redisstore.CheckPrefix(cfg.Prefix); err != nil {
		found.add("redis.prefix", "%v", err)
	}
}

func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.Prefix(addr.BitLen())
	}
	return netip.ParsePrefix(s)
}

func checkRates(r *RateLimitsConfig, found *problems) {
	for _, one := range r.named() {
		path := "rate_limits." + one.name
		switch c := *one.rate; {
		case c == (RateConfig{}):
		case !(c.PerSecond > 0 && c.PerSecond <= maxRate): // NaN is neither
			found.add(path+".per_second", "must be above 0 and at most %d, not %v", int(maxRate), c.PerSecond)
		case !(c.Burst >= 1 && c.Burst <= maxRate):
			found.add(path+".burst", "must be 1 to %d, not %v", int(maxRate), c.Burst)
		}
	}
}

// checkNames looks at the names of a list's items: well formed, and each there once.
func checkNames[T interface{ itemName() string }](found *problems, list string, items []T, valid *regexp.Regexp, rule string) {
	first := map[string]int{}
	for i, item := range items {
		path, name := fmt.Sprintf("%s[%d].name", list, i), item.itemName()
		switch before, twice := first[name]; {
		case name == "":
			found.add(path, "is missing")
		case !valid.MatchString(name):
			found.add(path, "%q %s", name, rule)
		case twice:
			found.add(path, "%q is the name of %s[%d] already", name, list, before)
		default:
			first[name] = i
		}
	}
}

func checkRange(found *problems, path string, n, low, high int) {
	if n < low || n > high {
		found.add(path, "must be %d to %d, not %d", low, high, n)
	}
}

func checkOneOf(found *problems, path, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		found.add(path, "must be %s, not %q%s", strings.Join(allowed, ", "), value, suggest(value, allowed))
	}
}

// warn notes what is odd but allowed.
func (l *loaded) warn(path, format string, args ...any) {
	l.warnings = append(l.warnings, problem{path, fmt.Sprintf(format, args...)})
}

func names[T interface{ itemName() string }](items []T) []string {
	all := make([]string, 0, len(items))
	for _, item := range items {
		all = append(all, item.itemName())
	}
	return all
}
