export declare const elements: (length: number) => Float32Array
export declare const labels: Int32Array
export declare const steps: number
