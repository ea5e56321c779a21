export const THEME_STORAGE_KEY = 'podex.theme';

/** Sets `data-theme` before the first paint, from the user's choice or, without one, the system's. */
export const THEME_BOOT_SCRIPT = `(function(){
var choice=null;try{choice=localStorage.getItem(${JSON.stringify(THEME_STORAGE_KEY)})}catch(error){choice=null}
var dark=choice==='dark'||(choice!=='light'&&matchMedia('(prefers-color-scheme: dark)').matches);
document.documentElement.dataset.theme=dark?'dark':'light';
})();`;
