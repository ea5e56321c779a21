HISTFILE=~/.zsh_history
HISTSIZE=20000
SAVEHIST=40000
setopt append_history share_history hist_ignore_dups hist_ignore_space extended_glob interactive_comments

bindkey -e
autoload -Uz compinit && compinit
zstyle ':completion:*' menu select
PROMPT='%F{green}%n@%m%f:%F{blue}%~%f%# '

alias ls='ls --color=auto'
alias ll='ls -lh'
alias la='ls -lhA'
alias gs='git status --short --branch'
