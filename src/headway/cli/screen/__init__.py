"""What commands draw: pure functions from values to lines, and one small file that moves the cursor.

Drawn by ourselves rather than by rich: its `Live` takes 110 ms to import here, which is most of what a command may take to start.
"""
