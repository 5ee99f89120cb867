"""The benchmarks: ratios against limits that are measured in the same run on the same servers."""
