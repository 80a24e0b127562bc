GREETING = "no init file"
