"""When things run: partitions, jobs, the sensor and the schedule. No row logic."""
