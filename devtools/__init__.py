"""Development tools: embedded servers, tests, checks, demo data, benchmarks; never imported by the product."""
