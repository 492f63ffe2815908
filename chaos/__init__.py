"""The live gateway under faults: many viewers on three transports, a proxy that breaks their connections, and a judge. See README.md."""
