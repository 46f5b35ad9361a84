"""Our geocoder beside others that can be installed: the same reference, the same queries, one run."""
