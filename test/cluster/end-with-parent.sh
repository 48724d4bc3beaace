# Ends processes when the program that started them is gone, however it went: its end of the pipe closes even after a
# SIGKILL. Standard input has one line for each process group: `+ID` when it was started, `-ID` when it has ended by
# itself, so that an id which the system gave to somebody else is never hit. $1 is the folder to remove.
PATH=/usr/bin:/bin

groups=" "
while read -r line; do
  id=${line#?}
  case $line in
    +*) groups="$groups$id " ;;
    -*) groups="${groups%% "$id" *} ${groups#* "$id" }" ;;
  esac
done

for id in $groups; do
  kill -KILL "-$id" 2>/dev/null
done

# A process that is still being ended can put one more file into the folder.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf "$1" 2>/dev/null && exit
  sleep 0.2
done
