import time

from pulse import keep_alive

keep_alive()
while True:
    time.sleep(1)
