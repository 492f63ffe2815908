"""Bars as real programs print them, without colours, and what they say. Most were taken from the programs' own output."""

from __future__ import annotations

from headway.sdk.bars import Reading

MB, MIB = 1_000_000, 1_048_576

SAMPLES: dict[str, Reading] = {
    # tqdm 4.70, in a terminal and in a pipe, nested, scaled, without a total
    "epoch:   0%|          | 0/2 [00:00<?, ?it/s]": Reading(done=0, total=2, unit="it", name="epoch", elapsed_seconds=0),
    "batch:  33%|███▎      | 10/30 [00:00<00:00, 96.09it/s]": Reading(done=10, total=30, unit="it", name="batch", elapsed_seconds=0),
    " 45%|████▌     | 45/100 [00:01<00:01, 30.3it/s, loss=0.3]": Reading(
        done=45, total=100, unit="it", message="loss=0.3", elapsed_seconds=1
    ),
    "Epoch 3/10  45%|████▌     | 45/100 [01:02:03<00:01,  1.20s/sheet]": Reading(
        done=45, total=100, unit="sheet", name="Epoch 3/10", elapsed_seconds=3723
    ),
    "model.safetensors:  27%|██▋       | 1.23G/4.56G [00:12<00:33, 99.8MB/s]": Reading(
        done=1_230 * MB, total=4_560 * MB, unit="B", name="model.safetensors", elapsed_seconds=12
    ),
    "10%|#         | 1.20k/12.0k [00:01<00:09, 1.20kkeys/s]": Reading(done=1_200, total=12_000, unit="keys", elapsed_seconds=1),
    "x:  45%|████▌     | 45/100 [00:01<00:01, 30.3it/s]": Reading(done=45, total=100, unit="it", name="x", elapsed_seconds=1),
    "45it [00:01, 30.3it/s]": Reading(done=45, unit="it", elapsed_seconds=1),
    "176B [00:00, 853B/s, loss=0.3]": Reading(done=176, unit="B", message="loss=0.3", elapsed_seconds=0),
    "read: 12.3kit [00:12, 1.02kit/s]": Reading(done=12_300, unit="it", name="read", elapsed_seconds=12),
    "45keys [00:01, 30.3keys/s]": Reading(done=45, unit="keys", elapsed_seconds=1),
    # rich 15, and pip, which draws with it
    "Working ━━━━━━━━╺━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  45% 0:00:12": Reading(done=45, total=100, unit="%", name="Working"),
    "Working ━━━━━━━━╸━━━━━━━━━ 45/100 -:--:--": Reading(done=45, total=100, name="Working"),
    "get ━━━━━━━━━━━━━━━━━━━━  27% 12.3/45.6 MB 10.0 MB/s 0:00:03": Reading(done=12.3 * MB, total=45.6 * MB, unit="B", name="get"),
    "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 12.3/45.6 MB 10.0 MB/s eta 0:00:03": Reading(done=12.3 * MB, total=45.6 * MB, unit="B"),
    # docker pull, push and build
    "a1b2c3d4: Downloading [====>           ]  12.3MB/45.6MB": Reading(
        done=12.3 * MB, total=45.6 * MB, unit="B", name="a1b2c3d4: Downloading"
    ),
    "a1b2c3d4: Extracting [===============>]  45.6MB/45.6MB": Reading(
        done=45.6 * MB, total=45.6 * MB, unit="B", name="a1b2c3d4: Extracting"
    ),
    "[+] Building 3.2s (5/10)": Reading(done=5, total=10, name="Building"),
    "=> => sha256:abc 12.3MB / 45.6MB 1.2s": Reading(done=12.3 * MB, total=45.6 * MB, unit="B", name="=> => sha256:abc"),
    # apt, dpkg
    "Reading database ... 45%": Reading(done=45, total=100, unit="%", name="Reading database"),
    "(Reading database ... 45%": Reading(done=45, total=100, unit="%", name="Reading database"),
    "Progress: [ 45%] [##########..............]": Reading(done=45, total=100, unit="%", name="Progress"),
    "45% [12 libfoo 12.3 kB/45.6 kB 27%]    1,234 kB/s 3s": Reading(done=45, total=100, unit="%", message="12 libfoo 12.3 kB/45.6 kB 27%"),
    # wget 1.21, curl 7.88 and its --progress-bar
    "big.bin                         13%[=====>                      ] 398.62K  1.91MB/s    eta 3s": Reading(
        done=13, total=100, unit="%", name="big.bin"
    ),
    "53 2929k   53 1562k    0     0  2051k      0  0:00:01 --:--:--  0:00:01 2050k": Reading(done=1562 * 1024, total=2929 * 1024, unit="B"),
    "0     0    0 1562k    0     0  2051k      0 --:--:-- --:--:-- --:--:-- 2050k": Reading(done=1562 * 1024, unit="B"),
    "#####################                                              43.3%": Reading(done=43.3, total=100, unit="%"),
    # git clone
    "remote: Counting objects:   3% (56/1861)": Reading(done=56, total=1861, name="remote: Counting objects"),
    "Receiving objects:  45% (45/100), 1.20 MiB | 3.00 MiB/s": Reading(done=45, total=100, name="Receiving objects", message="1.20 MiB"),
    "Resolving deltas: 100% (987/987), done.": Reading(done=987, total=987, name="Resolving deltas", message="done."),
    # ffmpeg, dd, rsync, aws, cargo
    "frame=  123 fps= 25 q=28.0 size=     256kB time=00:00:05.12 bitrate= 409.6kbits/s speed=1.02x": Reading(
        done=123, unit="frames", message="time 00:00:05.12"
    ),
    "size=     256kB time=00:01:05.12 bitrate= 409.6kbits/s speed=1.02x": Reading(done=65.12, unit="s"),
    "123456789 bytes (123 MB, 118 MiB) copied, 1 s, 123 MB/s": Reading(done=123456789, unit="B", name="copied"),
    "12,345,678  45%   11.23MB/s    0:00:03 (xfr#3, to-chk=3/10)": Reading(done=45, total=100, unit="%", message="(xfr#3, to-chk=3/10)"),
    "Completed 1.5 MiB/4.5 MiB (3.4 MiB/s) with 1 file(s) remaining": Reading(
        done=1.5 * MIB, total=4.5 * MIB, unit="B", name="Completed", message="with 1 file(s) remaining"
    ),
    "Building [====>                    ] 45/100: serde, tokio": Reading(done=45, total=100, name="Building", message="serde, tokio"),
    # keras 2 and 3, click, progressbar2, alive-progress
    "45/100 [============>.................] - ETA: 3s - loss: 0.3456": Reading(done=45, total=100, message="loss: 0.3456"),
    "45/100 ━━━━━━━━━━━━━━━━━━━━ 3s 12ms/step - loss: 0.3456": Reading(done=45, total=100, message="loss: 0.3456"),
    "Uploading  [####----------------]   45%  00:00:12": Reading(done=45, total=100, unit="%", name="Uploading"),
    "45% (45 of 100) |####              | Elapsed Time: 0:00:01 ETA:  0:00:02": Reading(done=45, total=100),
    "|████████⚠︎   | 45/100 [45%] in 1.2s (30.0/s, eta: 2s)": Reading(done=45, total=100),
    # by hand
    "45%": Reading(done=45, total=100, unit="%"),
    "done: 45.2 %": Reading(done=45.2, total=100, unit="%", name="done"),
    "45/100": Reading(done=45, total=100),
    "Processing 45 of 1,000 files": Reading(done=45, total=1000, unit="files", name="Processing"),
    "Epoch 3/10 45%": Reading(done=45, total=100, unit="%", name="Epoch 3/10"),
}

NOT_BARS = (
    "",
    "⠋ Resolving dependencies",
    "CPU 45% GPU 30%",
    "2026/11/26 10:12",
    "/usr/1/2",
    "3 of 2 done",
    "=> [3/7] RUN pip install 12.3s",
    "[..................] - fetchMetadata: sill resolveWithNewModule",
    "140% of the budget",
    "a1b2c3d4: Pull complete",
    "1.2.3/4.5.6 MB",
    "9" * 700 + "%",
)

LINES: dict[str, Reading] = {
    "  2850K .......... .......... .......... .......... .......... 98%  233M 0s": Reading(done=98, total=100, unit="%"),
    "    50K .......... .......... .......... .......... ..........  1.95M": Reading(done=50 * 1024, unit="B"),
    "Progress 123 of 456": Reading(done=123, total=456, unit="B"),
}
"""Of programs that write a line for each look: wget to a file, ``pip --progress-bar raw``."""
