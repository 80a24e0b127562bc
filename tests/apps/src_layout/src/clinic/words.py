GREETING = "below src"
