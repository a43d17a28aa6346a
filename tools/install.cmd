@echo off
rem Installs waterdeal into a folder (default: waterdeal-env beside this script) from the wheels here alone; no network is asked.
setlocal
set "here=%~dp0"
set "target=%~1"
if "%target%"=="" set "target=%here%waterdeal-env"
if "%PYTHON%"=="" set "PYTHON=py -@PYTHON@"
%PYTHON% -c "import sys; raise SystemExit('.'.join(map(str, sys.version_info[:2])) != '@PYTHON@' or sys.maxsize < 2**32)"
if errorlevel 1 (
  echo Python @PYTHON@ of 64 bit is needed: install it, or set PYTHON to it. 1>&2
  exit /b 1
)
%PYTHON% -m venv "%target%"
if errorlevel 1 exit /b 1
"%target%\Scripts\python.exe" -m pip --isolated --disable-pip-version-check install --quiet --no-index --no-cache-dir --find-links "%here%wheels" --require-hashes -r "%here%requirements.txt"
if errorlevel 1 exit /b 1
"%target%\Scripts\waterdeal.exe" --version
if errorlevel 1 exit /b 1
echo Plan the bundled season: "%target%\Scripts\waterdeal.exe" demo syrdarya
