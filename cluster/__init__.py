"""A cluster on one machine: real PostgreSQL, real Valkey, servers, workers and a balancer, none of them installed by hand."""
