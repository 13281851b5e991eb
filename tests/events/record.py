"""Records what Terraform tells with -json, one file for each command: `python3 tests/events/record.py`. Only its events
count; times and ids are taken out, and the tests take what runs side by side in any order."""
import pathlib, re, shutil, subprocess, tempfile

HERE = pathlib.Path(__file__).parent
RUNS = {
    "basic": [("plan", "plan -json"), ("apply", "apply -json -auto-approve"), ("again", "plan -json"),
              ("destroy", "destroy -json -auto-approve")],
    "fail": [("apply", "apply -json -auto-approve"), ("tainted", "plan -json"), ("unapproved", "apply -json")],
    "changes": [("before", "apply -json -auto-approve"), ("plan", "plan -json"), ("apply", "apply -json -auto-approve")],
}

for case, runs in RUNS.items():
    with tempfile.TemporaryDirectory() as folder:
        def take(source):
            shutil.copytree(HERE / source, folder, dirs_exist_ok=True)
        take("changes/before" if case == "changes" else case)
        subprocess.run(["terraform", "init"], cwd=folder, check=True, capture_output=True)
        for name, command in runs:
            if (case, name) == ("changes", "plan"):
                take("changes/after")
            said = subprocess.run(["terraform", *command.split()], cwd=folder, capture_output=True, text=True).stdout
            said = re.sub(r'"@timestamp":"[^"]*",', "", said)
            (HERE / case / f"{name}.jsonl").write_text(said)
