ROOMS = ["waiting room", "surgery"]
