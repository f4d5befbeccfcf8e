# says: writes until the disk is full, or somebody stops it
# place: answer
# expect: error or killed or not written
with open("big", "wb") as file:
    for _ in range(300):
        file.write(b"x" * (1 << 20))
        file.flush()
raise SystemExit
