"""Bad input of every kind, by the classes of a reviewer's list: each case has a name, a number of its class, and a safe outcome."""
