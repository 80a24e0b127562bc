started = []
started.append("sweeper")
