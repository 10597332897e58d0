"""The one partitions definition: a partition is a dump. Keys are `<board>_<date>`, added when a dump is registered."""

import dagster as dg

dumps_partitions = dg.DynamicPartitionsDefinition(name="dumps")
