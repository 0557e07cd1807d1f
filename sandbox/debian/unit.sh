# Runs a service as systemd would: as its unit says. UNIT LOG; by root, in the service's host.
set -eu
unit=$1
log=$2
value() { sed -n "s/^$1=//p" "/lib/systemd/system/$unit.service"; }

user=$(value User)
group=$(value Group)
home=$(getent passwd "$user" | cut -d : -f 6)
directory=$(value WorkingDirectory)
[ "$directory" != '~' ] || directory=$home
value ExecStartPre | while read -r command; do $command; done
for name in $(value RuntimeDirectory); do install -d -o "$user" -g "$group" "/run/$name"; done
for name in $(value CacheDirectory); do install -d -o "$user" -g "$group" "/var/cache/$name"; done
# The services write a log of their own, which is to be where the sandbox looks.
chown "$user" "$log"
ln -sfn "$log" "/var/log/$user/$unit.log"
cd "$directory"
# shellcheck disable=SC2046  # a command and its arguments are words
exec setpriv --reuid="$user" --regid="$group" --init-groups \
    env HOME="$home" USER="$user" LOGNAME="$user" $(value ExecStart)
