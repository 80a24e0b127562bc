ENTRIES = ["home", "about"]
