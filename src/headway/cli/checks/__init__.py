"""What `headway doctor` looks at: one function a check, each with what it found and what to do about it."""
